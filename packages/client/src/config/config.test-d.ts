/** Compiled, never run: what editors and compilers see of configuration and providers. */
import { type ConfigDocument, createClient, createConfig, createHttpClient, type ProviderTrial } from '../index.ts'

const client = createClient({ baseUrl: '' })

export async function edits() {
  await client.config.edit('default', draft => {
    draft.wake_prefix = ['!']
    draft.platform_settings ??= {}
    draft.platform_settings.rate_limit = { strategy: 'stall' }
    // @ts-expect-error the strategy does not exist
    draft.platform_settings.rate_limit = { strategy: 'hurry' }
    // @ts-expect-error the prefixes are a list
    draft.wake_prefix = '!'
  })
  const { changed, revision } = await client.config.edit('default', async draft => ({ ...draft, t2i: true }))
  changed satisfies string[]
  revision satisfies string | undefined
  // @ts-expect-error what is answered is no document
  await client.config.edit('default', () => 7)
  // @ts-expect-error the profile is missing
  await client.config.edit((draft: ConfigDocument) => draft)
  const { config } = await createConfig(createHttpClient({ baseUrl: '' }).transport).get()
  if (config.agent_runner?.runner_type === 'dify') config.agent_runner.config?.dify_api_key satisfies string | undefined
}

export async function providers() {
  const ids = await client.providers.addOpenAICompatible({ id: 'a', baseUrl: 'http://x/v1', models: ['m'] })
  ids satisfies string[]
  const trial: ProviderTrial = await client.providers.test('a/m')
  trial.error satisfies string | null
  // @ts-expect-error the models are missing
  await client.providers.addOpenAICompatible({ id: 'a', baseUrl: 'http://x/v1' })
}
