import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateFolder } from './workspace.mjs';

const path = join(stateFolder, 'set-up.lock');
const takeoverPath = `${path}.takeover`;
const heartbeatMs = 2_000;
const staleAfterMs = 30_000;
const pollMs = 200;

const ageMs = (file) => Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY);

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    // Where nobody reaps (a container without an init) the dead keep their pids: state Z in Linux's process table.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
};

const readHolder = () => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Absent, or being written: its age decides.
    return undefined;
  }
};

/** Pids are reused and mean nothing on another host, so a holder also has to keep touching its file. */
const isStale = () => {
  const holder = readHolder();
  if (holder?.host === hostname() && (holder.pid === process.pid || !isAlive(holder.pid))) return true;
  const age = ageMs(path);
  return Number.isFinite(age) && age > staleAfterMs;
};

/** Judging and removing happen behind a folder that one process can create, so that nobody removes a lock just taken. */
const removeStale = () => {
  try {
    mkdirSync(takeoverPath);
  } catch {
    if (ageMs(takeoverPath) > staleAfterMs) rmSync(takeoverPath, { recursive: true, force: true });
    return;
  }
  try {
    if (isStale()) rmSync(path, { force: true });
  } finally {
    rmdirSync(takeoverPath);
  }
};

const tryTake = () => {
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

/** Runs `action` while no other set-up of this repository runs. Waits for one that does; takes over from one that died. */
export const withLock = async (action) => {
  mkdirSync(stateFolder, { recursive: true });
  let told = false;
  while (!tryTake()) {
    if (isStale()) {
      removeStale();
      continue;
    }
    if (!told)
      process.stderr.write(`hotpath: waiting for the set-up that process ${readHolder()?.pid ?? '?'} runs here\n`);
    told = true;
    await sleep(pollMs);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // Taken over while this process was suspended: too late to stop what runs, and pnpm bears company.
    }
  }, heartbeatMs);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    if (readHolder()?.pid === process.pid) rmSync(path, { force: true });
  }
};
