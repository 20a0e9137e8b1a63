import { picturesOfDashboard } from '/tmp/h/tel/scripts/docs/dashboard.ts';
import { writeFileSync, mkdirSync } from 'node:fs';
mkdirSync('/tmp/h/rig/pics', { recursive: true });
await picturesOfDashboard((name, picture) => { writeFileSync('/tmp/h/rig/pics/' + name, picture); console.log(name, picture.byteLength); }, '/usr/bin/chromium');
