import { describe, expect, it } from 'vitest';
import { isPublic } from '../../../src/storage/http/address.ts';

describe('an address', () => {
  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '192.167.255.255',
    '2606:4700:4700::1111',
    '[2a00:1450:4001:80b::200e]',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('%s is public', (address) => expect(isPublic(address)).toBe(true));

  it.each([
    ['loopback', '127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '[::ffff:127.0.0.1]'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1', '::ffff:10.0.0.1'],
    ['link-local', '169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:169.254.169.254'],
    ['site-local', 'fec0::1'],
    ['this network', '0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0'],
    ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
    ['multicast and broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
    ['reserved', '192.0.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '2001:db8::1', '3fff::1'],
    ['benchmarking', '198.18.0.1', '198.19.255.255', '2001:2::1'],
    ['IPv4 in IPv6', '::127.0.0.1', '::7f00:1', '::808:808', '64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::808:808'],
    ['6to4 and Teredo', '2002:7f00:1::', '2002:808:808::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['translated', '::ffff:0:127.0.0.1', '100::1', '5f00::1'],
    ['a host of virtual machines', '168.63.129.16', '::ffff:168.63.129.16'],
    ['none', '', 'localhost', '1.2.3.4.5', 'fe80::1::2', '1.2.3.4:80'],
  ])('of the kind %s is not', (_, ...addresses) => {
    expect(addresses.filter(isPublic)).toEqual([]);
  });
});
