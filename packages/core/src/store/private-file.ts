import { closeSync, mkdirSync, openSync } from 'node:fs'

/** Makes a folder that other accounts of the machine cannot look into. One that exists keeps its mode. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Makes an empty file that its owner alone can read. One that exists is neither opened nor changed. */
export function privateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error
  }
}
