import { afterAll, beforeAll, describe } from 'vitest'
import { describeProviders } from './providers/providers.ts'
import { describeReferences } from './providers/references.ts'
import { describeSecrets } from './providers/secrets.ts'
import { describeSettings } from './providers/settings.ts'
import { describeSources } from './providers/sources.ts'
import { narrow, noProvider, noSource, server, startWorld, stopWorld } from './providers/world.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'

beforeAll(startWorld)
afterAll(stopWorld)

const source = { id: 'old', type: 'openai_chat_completion' }
const provider = { id: 'strange', type: 'openai_tts_api' }
const examples: RefusalOptions['examples'] = {
  listProviderSources: [{}],
  createProviderSource: [{ json: { config: source } }],
  getProviderSourceById: [{ query: noSource }],
  upsertProviderSourceById: [{ json: { ...noSource, config: source } }],
  deleteProviderSourceById: [{ query: noSource }],
  listProviderSourceModelsById: [{ query: noSource }],
  getProviderSource: [{}],
  upsertProviderSource: [{ json: { config: source } }],
  deleteProviderSource: [{}],
  listProviderSourceModels: [{}],
  getProviderSchema: [{}],
  listProvidersBySourceId: [{ query: noSource }],
  createProviderInSourceById: [{ json: { ...noSource, config: provider } }],
  listProvidersBySource: [{}],
  createProviderInSource: [{ json: { config: provider } }],
  listProviders: [{}],
  createProvider: [{ json: { config: provider } }],
  getProviderById: [{ query: noProvider }],
  updateProviderById: [{ json: { ...noProvider, config: provider } }],
  deleteProviderById: [{ query: noProvider }],
  setProviderEnabledById: [{ json: { ...noProvider, enabled: true } }],
  testProviderById: [{ json: noProvider }],
  getProviderEmbeddingDimensionById: [{ json: { ...noProvider, provider_config: {} } }],
  getProvider: [{}],
  updateProvider: [{ json: { config: provider } }],
  deleteProvider: [{ json: {} }],
  setProviderEnabled: [{ json: { enabled: true } }],
  testProvider: [{}],
  getProviderEmbeddingDimension: [{ json: { provider_config: {} } }],
}

describe('refusals', () => itRefuses({ server: () => server, narrow: () => narrow, examples }))

// One after the other, on the same server: what the first ones make, the next ones find.
describeSources()
describeProviders()
describeSettings()
describeReferences()
describeSecrets()

itSawEveryAnswer(examples)
