import { isJsonObject, type Json, type JsonObject } from '../../json.ts'

/** What became of providers: the new id by the old one, or null for those that are gone. */
export type Moves = ReadonlyMap<string, string | null>

/** Places of a configuration document that name a provider, as paths. */
const places: readonly (readonly string[])[] = [
  ['agent_runner', 'config', 'model', 'provider_id'],
  ['agent_runner', 'config', 'compression', 'provider_id'],
  ['provider_settings', 'default_provider_id'],
  ['provider_settings', 'default_image_caption_provider_id'],
  ['provider_stt_settings', 'provider_id'],
  ['provider_tts_settings', 'provider_id'],
  ['provider_ltm_settings', 'image_caption_provider_id'],
]

/** Places that list providers. */
const lists: readonly (readonly string[])[] = [
  ['agent_runner', 'config', 'model', 'fallback_provider_ids'],
  ['provider_settings', 'fallback_chat_models'],
]

/** Lets a document follow its providers, in place: renamed ids are replaced, gone ones removed. Answers how many. */
export function followMoves(document: JsonObject, moves: Moves): number {
  let count = 0
  for (const path of places) {
    const holder = holderOf(document, path)
    const key = path.at(-1) ?? ''
    const next = movedTo(holder?.[key], moves)
    if (!holder || next === undefined) continue
    holder[key] = next ?? ''
    count++
  }
  for (const path of lists) {
    const holder = holderOf(document, path)
    const key = path.at(-1) ?? ''
    const list = holder?.[key]
    if (!holder || !Array.isArray(list)) continue
    const touched = list.filter(id => movedTo(id, moves) !== undefined).length
    if (touched === 0) continue
    holder[key] = list
      .map(id => movedTo(id, moves) ?? (movedTo(id, moves) === null ? null : id))
      .filter(id => id !== null)
    count += touched
  }
  return count + followInAgents(document, moves)
}

/** The new id, null when the provider is gone, undefined when it did not move. */
export function movedTo(id: Json | undefined, moves: Moves): string | null | undefined {
  return typeof id === 'string' && id !== '' ? moves.get(id) : undefined
}

function followInAgents(document: JsonObject, moves: Moves): number {
  const agents = holderOf(document, ['subagent_orchestrator', 'agents'])?.agents
  let count = 0
  for (const agent of Array.isArray(agents) ? agents : []) {
    const next = isJsonObject(agent) ? movedTo(agent.provider_id, moves) : undefined
    if (next === undefined || !isJsonObject(agent)) continue
    agent.provider_id = next
    count++
  }
  return count
}

function holderOf(document: JsonObject, path: readonly string[]): JsonObject | undefined {
  let holder: Json | undefined = document
  for (const key of path.slice(0, -1)) holder = isJsonObject(holder) ? holder[key] : undefined
  return isJsonObject(holder) ? holder : undefined
}
