import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const fileName = 'server.json'

/** Where the server of a data folder can be reached. */
export interface RunningNote {
  pid: number
  /** Address with the sub-path, as a program on this machine reaches it. */
  url: string
}

/** Leaves word for the `astrbot` command of where this process listens. */
export function noteRunning(dataDir: string, url: string): Promise<void> {
  const note: RunningNote = { pid: process.pid, url: nearby(url) }
  return writeFile(join(dataDir, fileName), `${JSON.stringify(note)}\n`, { mode: 0o600 })
}

export function forgetRunning(dataDir: string): Promise<void> {
  return rm(join(dataDir, fileName), { force: true })
}

/** The word a server left; of use only while somebody holds the folder. */
export async function readRunning(dataDir: string): Promise<RunningNote | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(join(dataDir, fileName), 'utf8'))
    if (typeof note !== 'object' || note === null) return undefined
    const { pid, url } = note as Partial<Record<keyof RunningNote, unknown>>
    return typeof pid === 'number' && typeof url === 'string' && /^http:\/\//.test(url) ? { pid, url } : undefined
  } catch {
    return undefined
  }
}

/** An address that listens everywhere is reached on the loopback interface. */
function nearby(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
