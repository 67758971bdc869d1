import { run } from '../../src/media/ffmpeg.ts';

// Runs a child that would outlive this process, says its pid, and waits to be killed.
await run('/bin/sh', ['-c', 'echo $$; exec sleep 300'], { onLine: (line) => console.log(line) });
