import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { AlertChangeEvent } from '../../events.ts';
import type { AlertSink } from '../sink.ts';

export interface DesktopOptions {
  /** @default the one of the process */
  readonly platform?: NodeJS.Platform | undefined;
  /** @default the one of Node */
  readonly spawn?: ((file: string, args: readonly string[], options: SpawnOptions) => ChildProcess) | undefined;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** After this long it is ended, milliseconds. */
const patienceMs = 10_000;

/** A balloon of the notification area, which every Windows with a desktop has. The texts come by the environment, never as a script. */
const balloon = `
Add-Type -AssemblyName System.Windows.Forms, System.Drawing
$icon = New-Object System.Windows.Forms.NotifyIcon
$icon.Icon = [System.Drawing.SystemIcons]::Warning
$icon.Visible = $true
$icon.ShowBalloonTip(5000, $env:HOTPATH_ALERT_TITLE, $env:HOTPATH_ALERT_TEXT, 'Warning')
Start-Sleep -Seconds 6
$icon.Dispose()`;

const commandFor = (platform: NodeJS.Platform, title: string, text: string, isUrgent: boolean): Command => {
  if (platform === 'darwin') {
    const script = 'on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run';
    return { file: 'osascript', args: ['-e', script, title, text] };
  }
  if (platform === 'win32')
    return {
      file: 'powershell.exe',
      args: ['-NoProfile', '-NonInteractive', '-WindowStyle', 'Hidden', '-Command', balloon],
      environment: { HOTPATH_ALERT_TITLE: title, HOTPATH_ALERT_TEXT: text },
    };
  // The body may hold markup: https://specifications.freedesktop.org/notification-spec/latest/markup.html.
  const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return {
    file: 'notify-send',
    args: ['--app-name=Hotpath', `--urgency=${isUrgent ? 'critical' : 'normal'}`, '--', title, body],
  };
};

const titleOf = ({ to, severity }: AlertChangeEvent): string =>
  to === 'ok' ? 'Hotpath: over' : severity === 'page' ? 'Hotpath: alert' : 'Hotpath: warning';

/**
 * Shows alerts as notifications of the desktop, by `notify-send`, `osascript` or `powershell.exe`. Where there is none of them, or no
 * desktop, nothing is shown; it never fails.
 */
export const desktopSink = ({ platform = process.platform, spawn: start = spawn }: DesktopOptions = {}): AlertSink => {
  let isMissing = false;
  return {
    name: 'desktop',
    tell(event) {
      if (isMissing) return;
      const { file, args, environment } = commandFor(
        platform,
        titleOf(event),
        event.message,
        event.severity === 'page' && event.to !== 'ok',
      );
      return new Promise<void>((resolve) => {
        try {
          const child = start(file, args, {
            stdio: 'ignore',
            windowsHide: true,
            timeout: patienceMs,
            ...(environment !== undefined && { env: { ...process.env, ...environment } }),
          });
          child.unref();
          child.once('error', (error: NodeJS.ErrnoException) => {
            isMissing = error.code === 'ENOENT';
            resolve();
          });
          child.once('exit', () => resolve());
        } catch {
          resolve();
        }
      });
    },
  };
};
