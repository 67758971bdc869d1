import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder, listing, makeClip, shell, taskIn } from './stage.ts';

let requests = 0;
const server = createServer((_, response) => {
  requests += 1;
  response.end();
});

beforeAll(async () => {
  makeClip('canary.mp4');
  await shell('mkfifo trap');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const target of [`http://127.0.0.1:${port}/canary`, 'canary.mp4', join(folder, 'trap')]) {
    const scripts: Record<string, string> = {
      hls: `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${target}\n#EXT-X-ENDLIST\n`,
      late_hls: `\n\n  #EXTM3U\n#EXTINF:2,\n${target}\n#EXT-X-ENDLIST\n`,
      dash: `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>${target}</BaseURL></Period></MPD>`,
      concat: `ffconcat version 1.0\nfile '${target}'\n`,
      bare_concat: `file '${target}'\n`,
      sdp: `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${port} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
      svg: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"><image width="9" height="9" xlink:href="${target}"/></svg>`,
      xml_svg: `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "${target}">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>`,
    };
    const tag = target.replaceAll(/[^a-z0-9]/g, '').slice(-6);
    for (const [name, text] of Object.entries(scripts)) {
      for (const extension of ['mp4', 'm3u8', 'jpg', 'svg'])
        writeFileSync(join(folder, `${name}-${tag}.${extension}`), text);
    }
  }
});
afterAll(() => server.close());

describe.each(['probe', 'video'])('%s of a file that names another', (kind) => {
  test('reads nothing but that file', async () => {
    const hostile = listing(folder).filter((name) =>
      /^(hls|late_hls|dash|concat|bare_concat|sdp|svg|xml_svg)-/.test(name),
    );
    expect(hostile).toHaveLength(8 * 3 * 4);
    // A FIFO that is opened blocks its reader: time out then, and fail. One name each of an extension is enough for video.
    const chosen = kind === 'probe' ? hostile : hostile.filter((name) => /\.mp4$/.test(name));
    const script = chosen
      .map((name) => `timeout 20 "$NODE" "$BIN" task ${kind} -i ./'${name}' 2>/dev/null; echo "$?"`)
      .join('\n');
    const { stdout } = await shell(script);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(chosen.length * 2);
    for (const [i, name] of chosen.entries()) {
      const task = taskIn({ exitCode: 0, stdout: lines[2 * i] ?? '', stderr: '' });
      const drawing = /svg-/.test(name);
      const label = `${name}: ${JSON.stringify(task.error ?? task.output?.kind)}`;
      if (drawing && kind === 'probe') {
        // A drawing is measured, or refused for its entity: what it names is not.
        expect(task.status === 'failed' || (task.output?.format === 'svg' && task.output.width === 9), label).toBe(
          true,
        );
      } else
        expect(drawing ? ['no_video', 'corrupt_media'] : ['unsupported_format'], label).toContain(task.error?.kind);
    }
    expect(requests).toBe(0);
  }, 240_000);
});
