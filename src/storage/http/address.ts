import ipaddr from 'ipaddr.js';

/** Well-known prefix of NAT64, by which a network without IPv4 reaches IPv4 (RFC 6052, 2.1). */
const nat64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/** Azure's host, which serves each of its machines; a public address that is none. */
const azureHost = '168.63.129.16';

/**
 * Whether an IP address, in brackets or not, is one of the open internet. What another address is hidden in is judged by
 * that one, or refused: mapped IPv4 and NAT64 are looked into, 6to4, Teredo and all that is not 2000::/3 are not used.
 */
export function isPublic(address: string): boolean {
  const text = address.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(text)) return false;
  // Turns ::ffff:127.0.0.1 into 127.0.0.1.
  const ip = ipaddr.process(text);
  const bytes = ip.toByteArray();
  if (ip.kind() === 'ipv6' && nat64.every((byte, n) => bytes[n] === byte)) return isPublic(bytes.slice(12).join('.'));
  if (ip.toString() === azureHost) return false;
  const global = ip.kind() === 'ipv4' || ((bytes[0] ?? 0) & 0xe0) === 0x20;
  return global && ip.range() === 'unicast';
}
