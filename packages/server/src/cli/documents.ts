import type { JsonObject } from '@astrbot/core'
import type { Connection } from './connection.ts'

/** The document of a profile with its revision, secrets included. */
export async function readProfile(
  connection: Connection,
  profile: string,
): Promise<{ config: JsonObject; revision: string }> {
  return (await connection.call('GET', `/config-profiles/${encodeURIComponent(profile)}`)) as {
    config: JsonObject
    revision: string
  }
}
