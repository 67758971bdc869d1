import { copyFile, readFile, stat, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect } from 'vitest';
import { folder, lavfi, make, testsrc, write, x264 } from './media.ts';

/** Media that hostile files name, by a file or by an address: nothing may ever read it. */
const media = {
  'canary.ts': [...testsrc('32x24', 1), ...x264],
  'canary.mp4': [...testsrc('32x24', 1), ...x264, '-movflags', '+frag_keyframe+empty_moov'],
  'canary.png': [...lavfi('color=red:s=32x24'), '-frames:v', '1'],
};
const texts = {
  'canary.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" id="x" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>',
  'canary.css': 'rect { fill: red }',
};
const names = [...Object.keys(media), ...Object.keys(texts), 'frame001.png', 'subs.sub'];

let requests: string[] = [];
const server = createServer(async ({ url = '' }, response) => {
  requests.push(url);
  const bytes = await readFile(join(folder, url)).catch(() => undefined);
  response.writeHead(bytes ? 200 : 404).end(bytes);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => new Promise((resolve) => server.close(resolve)));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

for (const [name, args] of Object.entries(media)) await make(name, args);
for (const [name, text] of Object.entries(texts)) await write(name, text);
await copyFile(join(folder, 'canary.png'), join(folder, 'frame001.png'));
await write('subs.sub', Buffer.alloc(4096, 1));

const playlist = (target: string) =>
  `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n${target}\n#EXT-X-ENDLIST\n`;
const manifest = (base: string) => `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011">
<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" width="32" height="24"><BaseURL>${base}</BaseURL>
<SegmentList><SegmentURL media="${base}"/></SegmentList></Representation></AdaptationSet></Period></MPD>\n`;
const drawing = (
  before: string,
  inside: string,
) => `${before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xi="http://www.w3.org/2001/XInclude" width="40" height="30"><style>@import url("canary.css");</style><image href="canary.png" width="20" height="20"/>
<image xlink:href="${pathToFileURL(join(folder, 'canary.png'))}" width="20" height="20"/><image href="${address}/canary.png" width="20" height="20"/>
<xi:include href="canary.svg"/><use href="canary.svg#x"/>${inside}</svg>\n`;

/** Files that name others, by the ending that suits them; `reads` makes a tool without our walls read one, as a proof that it could. */
export const hostile: Record<string, { content: string | Buffer; reads?: string[] }> = {
  'near.m3u8': { content: playlist('canary.ts'), reads: ['-allowed_extensions', 'ALL', '-f', 'hls'] },
  'far.m3u8': {
    content: playlist(`${address}/canary.ts`),
    reads: ['-protocol_whitelist', 'file,http,tcp', '-f', 'hls'],
  },
  'file.m3u8': { content: `\uFEFF${playlist(pathToFileURL(join(folder, 'canary.ts')).href)}` },
  'master.m3u8': {
    content: `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n${address}/near.m3u8\n`,
    reads: ['-protocol_whitelist', 'file,http,tcp', '-f', 'hls'],
  },
  'key.m3u8': {
    content: playlist('canary.ts').replace('#EXTINF', `#EXT-X-KEY:METHOD=AES-128,URI="${address}/key"\n#EXTINF`),
    reads: ['-protocol_whitelist', 'file,http,tcp,crypto', '-allowed_extensions', 'ALL', '-f', 'hls'],
  },
  'near.mpd': { content: manifest('canary.mp4') },
  'far.mpd': { content: manifest(`${address}/canary.mp4`) },
  'list.ffconcat': {
    content: 'ffconcat version 1.0\nfile canary.mp4\nfile canary.ts\n',
    reads: ['-safe', '0', '-f', 'concat'],
  },
  'far.ffconcat': {
    content: `ffconcat version 1.0\nfile '${address}/canary.mp4'\n`,
    reads: ['-safe', '0', '-protocol_whitelist', 'file,http,tcp', '-f', 'concat'],
  },
  'list.txt': { content: "file 'canary.mp4'\n", reads: ['-safe', '0', '-f', 'concat'] },
  'stream.sdp': {
    content:
      'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n',
  },
  'subs.idx': {
    content:
      '# VobSub index file, v7\nsize: 32x24\npalette: 000000\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 000000000\n',
    reads: ['-f', 'vobsub'],
  },
  'frame%03d.png': { content: await readFile(join(folder, 'canary.png')), reads: ['-f', 'image2'] },
  'drawing.svg': { content: drawing('', '') },
  'entity.svg': {
    content: drawing('<?xml version="1.0"?>\n<!DOCTYPE svg [<!ENTITY x SYSTEM "canary.svg">]>\n', '&x;'),
  },
  'styled.svg': { content: drawing('<?xml version="1.0"?><?xml-stylesheet href="canary.css"?>', '') },
  // Its first bytes are an AVIF's as well, and what stands before the drawing keeps it from looking like one to us.
  'avif.svg': { content: drawing('<!--ftypavif--><?xml-stylesheet href="canary.css"?><!DOCTYPE other>', '') },
  'late.svg': { content: drawing(`<!--${' '.repeat(5000)}-->`, '') },
};

/** Which canaries were read since the last call. */
export async function touched(): Promise<string[]> {
  const read = [];
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).atimeMs > 1_000_000) read.push(name);
  }
  const found = [...read, ...requests];
  requests = [];
  await hide();
  return found;
}

/** A time of access before that of change is renewed by the next read, wherever times of access are kept at all. */
async function hide(): Promise<void> {
  for (const name of names) await utimes(join(folder, name), 1, Date.now() / 1000);
}

await hide();
await readFile(join(folder, 'canary.ts'));
expect(await touched(), 'reading a file here must change its time of access: mount it without noatime').toEqual([
  'canary.ts',
]);
