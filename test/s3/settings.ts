/** Ports on loopback, one a server. */
export interface Ports {
  proxy: number;
  account: number;
  container: number;
  object: number;
  memcached: number;
}

/** What a client needs to reach the server; tempauth's own test account. */
export const keys = { region: 'us-east-1', accessKeyId: 'test:tester', secretAccessKey: 'testing' };

export const storageServers = ['account', 'container', 'object'] as const;

const sections = (ini: Record<string, Record<string, string | number>>) =>
  Object.entries(ini)
    .map(([name, lines]) =>
      [`[${name}]`, ...Object.entries(lines).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
    )
    .join('\n');

/** The settings of a Swift of one drive that lives in a folder, by the names of their files. */
export function settingsOf(folder: string, user: string, ports: Ports): Record<string, string> {
  // workers = 0: each server is one process, in the foreground, so that its pid is the one we started.
  const common = (port: number) => ({
    bind_ip: '127.0.0.1',
    bind_port: port,
    user,
    swift_dir: `${folder}/etc`,
    workers: 0,
    log_level: 'WARNING',
    log_address: `${folder}/none`,
  });
  const storage = storageServers.map((server) => [
    `${server}-server.conf`,
    sections({
      DEFAULT: {
        ...common(ports[server]),
        devices: `${folder}/drives`,
        mount_check: 'false',
        disable_fallocate: 'true',
        recon_cache_path: `${folder}/cache`,
      },
      'pipeline:main': { pipeline: `${server}-server` },
      [`app:${server}-server`]: { use: `egg:swift#${server}` },
    }),
  ]);
  return {
    'swift.conf': sections({
      'swift-hash': { swift_hash_path_prefix: 'ittybit', swift_hash_path_suffix: 'ittybit' },
      'storage-policy:0': { name: 'one', default: 'yes' },
      'swift-constraints': { max_file_size: 5_368_709_122 },
    }),
    ...Object.fromEntries(storage),
    'proxy-server.conf': sections({
      DEFAULT: common(ports.proxy),
      'pipeline:main': {
        pipeline: `catch_errors gatekeeper healthcheck cache listing_formats bulk tempurl s3api tempauth copy slo dlo versioned_writes symlink proxy-server`,
      },
      'app:proxy-server': { use: 'egg:swift#proxy', account_autocreate: 'true', allow_account_management: 'true' },
      ...Object.fromEntries(
        ['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'bulk', 'tempurl', 'copy', 'slo', 'dlo']
          .concat('versioned_writes', 'symlink')
          .map((name) => [`filter:${name}`, { use: `egg:swift#${name}` }]),
      ),
      'filter:cache': { use: 'egg:swift#memcache', memcache_servers: `127.0.0.1:${ports.memcached}` },
      'filter:s3api': {
        use: 'egg:swift#s3api',
        s3_acl: 'false',
        check_bucket_owner: 'false',
        location: keys.region,
        min_segment_size: 5 * 1024 * 1024,
      },
      'filter:tempauth': { use: 'egg:swift#tempauth', user_test_tester: `${keys.secretAccessKey} .admin` },
    }),
  };
}
