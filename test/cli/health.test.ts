import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Health, health, renderHealth } from '../../src/cli/commands/health.ts';
import { codecs } from '../../src/media/codecs.ts';
import { type Fake, fakeTool, hostIn, packagesWith, place } from '../media/fake_tools.ts';

const full = {
  encoders: Object.values(codecs).map(({ encoders }) => encoders[0]?.name ?? ''),
  filters: ['zscale', 'tonemap', 'bwdif'],
};

async function inspect({ ffmpeg = {}, ffprobe = {} }: { ffmpeg?: Fake | null; ffprobe?: Fake | null } = {}) {
  const folder = await place();
  if (ffmpeg) await fakeTool(join(folder, 'ffmpeg'), { ...full, ...ffmpeg });
  if (ffprobe) await fakeTool(join(folder, 'ffprobe'), ffprobe);
  return { folder, ...(await health(hostIn(folder, { env: { PATH: folder } }), {}, packagesWith())) };
}

const text = ({ report, rejected }: Health) => stripVTControlCharacters(renderHealth(report, rejected));

describe('health', () => {
  it('is ok with everything there', async () => {
    const { report, exitCode, folder, ...rest } = await inspect();
    expect(exitCode).toBe(0);
    expect(Object.keys(report)).toEqual(['ok', 'tools', 'codecs', 'missing']);
    expect(JSON.stringify(report.tools)).toBe(
      JSON.stringify([
        { name: 'ffmpeg', path: join(folder, 'ffmpeg'), version: '8.0.1', source: 'PATH' },
        { name: 'ffprobe', path: join(folder, 'ffprobe'), version: '8.0.1', source: 'beside ffmpeg' },
      ]),
    );
    expect(report).toMatchObject({ ok: true, codecs: { h264: 'libx264', aac: 'libfdk_aac' }, missing: [] });
    expect(Object.keys(report.codecs)).toEqual(Object.keys(codecs));
    expect(text({ report, exitCode, ...rest }).split('\n')).toEqual([
      `ffmpeg   8.0.1  PATH           ${folder}/ffmpeg`,
      `ffprobe  8.0.1  beside ffmpeg  ${folder}/ffprobe`,
      '',
      ...Object.entries(report.codecs).map(([codec, encoder]) =>
        expect.stringMatching(new RegExp(`^${codec} +${encoder}$`)),
      ),
      '',
      'ready',
    ]);
  });

  it('takes a codec’s next encoder, and tells what cannot be encoded', async () => {
    const found = await inspect({ ffmpeg: { encoders: ['libx264', 'aac', 'libaom-av1'] } });
    expect(found).toMatchObject({
      exitCode: 0,
      report: { ok: true, codecs: { h264: 'libx264', av1: 'libaom-av1', h265: null, vp9: null } },
    });
    expect(found.report.missing).toContainEqual({
      what: 'h265 encoder (libx265)',
      fix: 'set ITTYBIT_FFMPEG to an ffmpeg built with libx265 (most are: sudo apt-get install ffmpeg)',
    });
    expect(found.report.missing).toHaveLength(
      Object.values(found.report.codecs).filter((encoder) => encoder === null).length,
    );
    expect(text(found)).toMatch(
      /\nh265 +none\n[\s\S]*\nmissing {2}h265 encoder \(libx265\)\nfix {6}set ITTYBIT_FFMPEG [\s\S]*\nready$/,
    );
    const without = await inspect({ ffmpeg: { encoders: [] } });
    expect(without.report.missing.map(({ what }) => what)).toContainEqual('av1 encoder (libsvtav1 or libaom-av1)');
  });

  it.each(['h264', 'aac'])('is not ok without %s', async (lost) => {
    const names = codecs[lost]?.encoders.map(({ name }) => name);
    const found = await inspect({ ffmpeg: { encoders: full.encoders.filter((name) => !names?.includes(name)) } });
    expect(found).toMatchObject({
      exitCode: 1,
      report: { ok: false, tools: [{ name: 'ffmpeg' }, { name: 'ffprobe' }] },
    });
    expect(text(found)).toMatch(/cannot probe and make mp4 with h264 and aac$/);
  });

  it('tells filters that are missing', async () => {
    const { report } = await inspect({ ffmpeg: { filters: ['tonemap'] } });
    expect(report.ok).toBe(true);
    expect(report.missing.map(({ what }) => what)).toEqual([
      'zscale filter (turning HDR into SDR)',
      'bwdif filter (deinterlacing)',
    ]);
  });

  it('says how to get what is not there at all', async () => {
    const found = await inspect({ ffmpeg: null, ffprobe: null });
    expect(found).toMatchObject({ exitCode: 1, report: { ok: false, tools: [] } });
    expect(new Set(Object.values(found.report.codecs))).toEqual(new Set([null]));
    expect(found.report.missing).toEqual([
      { what: 'ffmpeg', fix: 'sudo apt-get install ffmpeg, or set ITTYBIT_FFMPEG to the path of one (5.1 or newer)' },
      { what: 'ffprobe', fix: 'sudo apt-get install ffmpeg, or set ITTYBIT_FFPROBE to the path of one (5.1 or newer)' },
    ]);
    expect(await inspect({ ffprobe: null })).toMatchObject({
      exitCode: 1,
      report: { ok: false, tools: [{ name: 'ffmpeg' }], codecs: { h264: 'libx264' }, missing: [{ what: 'ffprobe' }] },
    });
  });

  it('tells why what is there is not used', async () => {
    const found = await inspect({ ffmpeg: { version: '4.4.2' } });
    const why = `${found.folder}/ffmpeg (PATH) is version 4.4.2, and 5.1 or newer is needed`;
    expect(found.report).toMatchObject({
      ok: false,
      tools: [{ name: 'ffprobe', source: 'PATH' }],
      missing: [{ what: `ffmpeg: ${why}` }],
    });
    expect(text(found).split(why)).toHaveLength(2);
  });

  it('tells a terminal what was passed over', async () => {
    const folder = await place();
    const [old, good] = [join(folder, 'old'), join(folder, 'good')];
    await fakeTool(join(old, 'ffmpeg'), { version: '4.4.2' });
    await fakeTool(join(good, 'ffmpeg'), full);
    await fakeTool(join(good, 'ffprobe'));
    const found = await health(hostIn(folder, { env: { PATH: `${old}:${good}` } }), {}, packagesWith());
    expect(found.report).toMatchObject({ ok: true, missing: [] });
    expect(text(found)).toContain(`not used  ${old}/ffmpeg (PATH) is version 4.4.2, and 5.1 or newer is needed\n`);
  });

  it('reports a choice that cannot be used, and takes nothing else for it', async () => {
    const folder = await place();
    await fakeTool(join(folder, 'ffmpeg'), full);
    await fakeTool(join(folder, 'ffprobe'));
    const { report, exitCode } = await health(
      hostIn(folder, { env: { PATH: folder } }),
      { ffmpeg: '/no/such' },
      packagesWith(),
    );
    expect(exitCode).toBe(1);
    expect(report.tools.map(({ name }) => name)).toEqual(['ffprobe']);
    expect(report.missing).toEqual([
      {
        what: 'ffmpeg: /no/such (--ffmpeg) does not exist',
        fix: 'correct --ffmpeg, or leave it out to use the ffmpeg that is found',
      },
    ]);
  });

  it('prints nothing that a terminal would obey', async () => {
    const folder = await place();
    const report = { ok: false, tools: [], codecs: {}, missing: [{ what: `${folder}/\x1b[2Jx`, fix: 'a\rb' }] };
    expect(text({ report, exitCode: 1, rejected: [] })).toContain(`missing  ${folder}/x\nfix      a b`);
  });
});
