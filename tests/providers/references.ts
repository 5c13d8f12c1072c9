import { describe, expect, it } from 'vitest'
import { server, vendorSource } from './world.ts'

/** What follows a provider, and what the environment names. */
export function describeReferences(): void {
  describe('references', () => {
    const umo = 'webchat:FriendMessage:webchat!astrbot!follower'

    it('follow a renamed provider, and are cleared with a deleted one', async () => {
      await server.call('updateProvider', {
        params: { provider_id: 'plain/gpt-4o' },
        json: { config: { model: 'gpt-4o', provider_source_id: 'plain' } },
      })
      const rule_key = 'provider_perf_chat_completion'
      await server.call('upsertSessionRule', { json: { umo, rule_key, rule_value: 'plain/gpt-4o' } })
      const { config } = server.running.bot
      await config.update(draft => {
        draft.agent_runner.config.model = {
          provider_id: 'plain/gpt-4o',
          fallback_provider_ids: ['plain/gpt-4o', 'other'],
        }
      })
      const profile = await config.create({ name: 'second' }, { byKey: false, mayEditAdmins: true })
      await config.profiles.get(profile).update(draft => {
        draft.provider_settings.default_image_caption_provider_id = 'plain/gpt-4o'
      })
      const places = async () => {
        const rules = (await server.call('listSessionRules')).data.rules.find(rule => rule.umo === umo)?.rules
        return [
          config.get().agent_runner.config.model,
          config.profiles.get(profile).get().provider_settings.default_image_caption_provider_id,
          rules?.provider_perf_chat_completion,
        ]
      }
      const renamed = { id: 'plain/renamed', model: 'gpt-4o', provider_source_id: 'plain' }
      const answer = await server.call('updateProvider', {
        params: { provider_id: 'plain/gpt-4o' },
        json: { config: renamed },
      })
      expect(answer.message).toBe('Provider updated; 4 reference(s) updated')
      expect(await places()).toMatchObject([
        { provider_id: 'plain/renamed', fallback_provider_ids: ['plain/renamed', 'other'] },
        'plain/renamed',
        'plain/renamed',
      ])
      // A source takes its name along, and its providers with it when it goes.
      await server.call('upsertProviderSource', {
        params: { source_id: 'plain' },
        json: { config: vendorSource({ id: 'fancy' }) },
      })
      expect(
        (await server.call('listProvidersBySource', { params: { source_id: 'fancy' } })).data.providers,
      ).toHaveLength(1)
      const headers = { 'accept-language': 'zh' }
      const gone = await server.call('deleteProviderSource', { params: { source_id: 'fancy' }, headers })
      expect(gone.message).toBe('模型来源已删除；删除了 1 个模型提供商；更新了 4 处引用')
      expect(await places()).toMatchObject([{ provider_id: '', fallback_provider_ids: ['other'] }, '', undefined])
    })
  })

  describe('what the environment names', () => {
    it('is listed as such, and can be stored', async () => {
      const params = { provider_id: 'openai/echo' }
      const listed = (await server.call('getProvider', { params })).data.provider
      expect(listed).toMatchObject({ origin: 'environment', enable: true, model: 'echo', key: ['$OPENAI_API_KEY'] })
      // Sending back what was shown makes a copy that takes its place, and works with the same key.
      expect(
        (await server.call('updateProvider', { params, json: { config: { ...listed, max_context_tokens: 9000 } } }))
          .status,
      ).toBe(200)
      const copy = (await server.call('getProvider', { params })).data.provider
      expect(copy).not.toHaveProperty('origin')
      expect(copy).toMatchObject({ max_context_tokens: 9000 })
      expect((await server.call('testProvider', { params })).data.error).toBeNull()
      expect(server.models.seen.at(-1)?.headers.authorization).toBe('Bearer sk-test-of-the-tests')
      await server.call('setProviderEnabled', { params, json: { enabled: false } })
      const ids = (await server.call('listProviders', { query: { enabled: 'true', capability: 'chat' } })).data
        .providers
      expect(ids.map(({ id }) => id)).not.toContain('openai/echo')
      await server.restart()
      expect((await server.call('getProvider', { params })).data.provider.enable).toBe(false)
      // Without the copy, the environment is in force again.
      await server.call('deleteProvider', { params })
      expect((await server.call('getProvider', { params })).data.provider).toMatchObject({
        origin: 'environment',
        enable: true,
      })
    })
  })
}
