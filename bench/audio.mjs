// What normalising costs, against ffmpeg's own loudnorm measured and applied: two runs, the second with what the first told.

/** Ten minutes of noise and chords in a beat, which cost the encoder about what recorded music does: pure tones cost it twice as much. It is mastered as music is, with peaks some 11 dB over its loudness. */
const seconds = 600;
const chord = '0.08*sin(2*PI*220*t)*exp(-mod(t,1.3)*2)+0.08*sin(2*PI*330*t)*exp(-mod(t+0.4,1.3)*2)';
const beat = '0.1*sin(2*PI*60*mod(t,0.5))*exp(-mod(t,0.5)*12)';
const pink = (seed) => ['-f', 'lavfi', '-i', `anoisesrc=c=pink:a=0.25:r=44100:d=${seconds}:seed=${seed}`];
const track = [
  ...[...pink(1), ...pink(2), '-f', 'lavfi', '-i', `aevalsrc='${chord}+${beat}':s=44100:d=${seconds}`],
  '-filter_complex',
  '[0][1]join=inputs=2:channel_layout=stereo,tremolo=f=2:d=0.3[n];[2]aformat=channel_layouts=stereo[c];[n][c]amix=inputs=2:normalize=0,alimiter=level_in=6:limit=0.9:level=false',
];

/** Cases in the shape of bench/run.mjs. */
export function audioCases({ file, exec, ittybit, ffmpeg }) {
  const [source, output, peer] = [file('track.wav'), file('loud.m4a'), file('peer.m4a')];
  const target = 'loudnorm=I=-16:TP=-1:LRA=11';
  const quiet = [ffmpeg, '-hide_banner', '-nostdin', '-nostats', '-y', '-i', source];
  return {
    normalize: async () => {
      await exec(ffmpeg, ['-v', 'error', '-nostdin', '-y', ...track, '-c:a', 'pcm_s16le', source]);
      const measuring = [...quiet, '-af', `${target}:print_format=json`, '-f', 'null', '-'];
      const { stderr } = await exec(measuring[0], measuring.slice(1), { maxBuffer: 1e8 });
      const found = JSON.parse(stderr.slice(stderr.lastIndexOf('{'), stderr.lastIndexOf('}') + 1));
      const measured = ['i', 'tp', 'lra', 'thresh']
        .map((name) => `measured_${name}=${found[`input_${name}`]}`)
        .join(':');
      const applying = [
        ...quiet,
        ...['-af', `${target}:${measured}:offset=${found.target_offset}:linear=true`],
        ...['-ar', '44100', '-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart', peer],
      ];
      return {
        ours: ittybit('task', 'audio', '-i', source, '-o', output, '--overwrite', '--normalize'),
        peers: [{ args: measuring }, { args: applying }],
        what: 'cpu',
        runs: 3,
        goal: 0.5,
      };
    },
  };
}
