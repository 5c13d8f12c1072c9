import { type AgentServer, startAgentServer } from '@astrbot/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AstrBotError } from '../../errors.ts'
import type { JsonObject } from '../../json.ts'
import { CozeRunner } from './coze.ts'
import { DashscopeRunner } from './dashscope.ts'
import { DeerflowRunner } from './deerflow.ts'
import { DifyRunner } from './dify.ts'
import type { AgentRunner, RunnerEvent, RunnerRequest } from './runner.ts'
import { RunnerSettings } from './settings.ts'

let server: AgentServer
beforeAll(async () => {
  server = await startAgentServer()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.seen.length = 0
  server.ended.length = 0
})

const { fetch } = globalThis
const env = { COZE_KEY: 'from-env' }
const makers = {
  Dify: (config: JsonObject) =>
    new DifyRunner(
      new RunnerSettings(
        'Dify',
        { dify_api_key: 'k', dify_api_base: `${server.url}/v1/`, timeout: 20, ...config },
        env,
      ),
      { fetch },
    ),
  Coze: (config: JsonObject) =>
    new CozeRunner(
      new RunnerSettings(
        'Coze',
        { coze_api_key: '$COZE_KEY', bot_id: 'b', coze_api_base: server.url, timeout: 20, ...config },
        env,
      ),
      { fetch },
    ),
  DashScope: (config: JsonObject) =>
    new DashscopeRunner(
      new RunnerSettings('DashScope', { dashscope_api_key: 'k', dashscope_app_id: 'a/p', timeout: 20, ...config }, env),
      { fetch },
      server.url,
    ),
  DeerFlow: (config: JsonObject) =>
    new DeerflowRunner(
      new RunnerSettings(
        'DeerFlow',
        { deerflow_api_base: server.url, deerflow_api_key: 'k', timeout: 20, ...config },
        env,
      ),
      { fetch },
    ),
}
type Name = keyof typeof makers
const names = Object.keys(makers) as Name[]

function request(more: Partial<RunnerRequest> = {}): RunnerRequest {
  const signal = new AbortController().signal
  return { user: 'umo', prompt: 'hi there', images: [], variables: {}, conversation: undefined, signal, ...more }
}

async function answerOf(runner: AgentRunner, more: Partial<RunnerRequest> = {}) {
  const events: RunnerEvent[] = []
  for await (const event of runner.run(request(more))) events.push(event)
  const of = (type: string) => events.flatMap(event => (event.type === type && 'text' in event ? event.text : []))
  return {
    text: of('text').join(''),
    pieces: of('text'),
    reasoning: of('reasoning').join(''),
    conversation: events.flatMap(event => (event.type === 'conversation' ? event.id : []))[0],
    usage: events.flatMap(event => (event.type === 'usage' ? event.usage : []))[0],
  }
}

const lastBody = () => server.seen.at(-1)?.json as JsonObject

describe.each(names)('%s', name => {
  it('answers piece by piece, names its conversation and what it took', async () => {
    const { text, pieces, conversation, usage } = await answerOf(makers[name]({}))
    expect(text).toBe('echo: hi there')
    expect(pieces.length).toBeGreaterThan(2)
    expect(conversation).toMatch(/conversation|session|thread/)
    expect(usage).toEqual({ inputOther: 7, inputCached: 0, output: 3 })
  })

  it('goes on with a conversation', async () => {
    const { text, conversation } = await answerOf(makers[name]({}), { conversation: 'earlier' })
    expect(text).toBe('echo: hi there')
    expect(conversation).toBeUndefined()
    const { path, text: body } = server.seen.at(-1) ?? { path: '', text: '' }
    expect(path + body).toContain('earlier')
  })

  it('says what broke, and what it had said', async () => {
    const said: string[] = []
    const run = async () => {
      for await (const event of makers[name]({}).run(request({ prompt: 'fail' })))
        if (event.type === 'text') said.push(event.text)
    }
    await expect(run()).rejects.toMatchObject({
      code: 'agent_runner_failed',
      data: { cause: expect.stringMatching(/the (app|bot|graph) broke/) },
    })
    expect(said).toEqual(['echo: '])
  })

  it('tells a refused key, silence and an address where nobody is from each other', async () => {
    const key = name === 'DeerFlow' ? 'deerflow_api_key' : `${name.toLowerCase()}_api_key`
    await expect(answerOf(makers[name]({ [key]: 'bad-key' }))).rejects.toMatchObject({
      code: 'agent_runner_auth_failed',
      data: { cause: 'HTTP 401: invalid key ***' },
    })
    const silent = answerOf(makers[name]({ timeout: 1 }), { prompt: 'silent' })
    await expect(silent).rejects.toMatchObject({ code: 'agent_runner_timeout', data: { cause: 'silent for 1 s' } })
    const nobody = async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    }
    const settings = new RunnerSettings('Dify', { dify_api_key: 'k', timeout: 1 }, env)
    await expect(answerOf(new DifyRunner(settings, { fetch: nobody }))).rejects.toMatchObject({
      code: 'agent_runner_unreachable',
      data: { cause: 'connect ECONNREFUSED' },
    })
  })

  it('is told to stop when the turn ends early', async () => {
    const controller = new AbortController()
    const run = async () => {
      for await (const event of makers[name]({}).run(request({ prompt: 'slow', signal: controller.signal })))
        if (event.type === 'text') controller.abort(new Error('stopped'))
    }
    await expect(run()).rejects.toThrow('stopped')
    const paths = {
      Dify: ['POST /v1/chat-messages/task-1/stop'],
      Coze: ['POST /v3/chat/cancel'],
      // Hanging up is all there is.
      DashScope: [],
      DeerFlow: [expect.stringMatching(/^POST \/api\/langgraph\/threads\/thread-\d+\/runs\/run-1\/cancel$/)],
    }
    await expect.poll(() => server.ended).toEqual(paths[name])
  })
})

describe('Dify', () => {
  it('sends pictures, variables of the profile and of the chat, and who asks', async () => {
    const images = [{ filename: 'a "cat".png', mediaType: 'image/png', bytes: Buffer.from('PNG') }]
    await answerOf(makers.Dify({ variables: { tone: 'kind', lang: 'en' } }), { images, variables: { lang: 'de' } })
    const [upload] = server.seen
    expect(upload?.text).toContain('name="user"\r\n\r\numo')
    expect(upload?.text).toContain('filename="a _cat_.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n')
    expect(lastBody()).toMatchObject({
      user: 'umo',
      inputs: { tone: 'kind', lang: 'de' },
      files: [{ type: 'image', transfer_method: 'local_file', upload_file_id: 'dify-file' }],
    })
  })

  it('begins anew when the conversation is gone there', async () => {
    const { text, conversation } = await answerOf(makers.Dify({}), { conversation: 'gone-1' })
    expect([text, conversation]).toEqual(['echo: hi there', 'dify-conversation'])
  })

  it('runs workflows: input key, output key, failure, stop', async () => {
    const workflow = { dify_api_type: 'workflow' }
    expect((await answerOf(makers.Dify(workflow))).text).toBe('wf: hi there')
    await expect(answerOf(makers.Dify(workflow), { prompt: 'fail' })).rejects.toMatchObject({
      data: { cause: 'the node broke' },
    })
    await expect(answerOf(makers.Dify({ ...workflow, variables: { output: 'other' } }))).rejects.toMatchObject({
      data: { cause: 'the workflow has no output astrbot_wf_output; its outputs: other' },
    })
    const leave = async () => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 100)
      await answerOf(makers.Dify(workflow), { prompt: 'slow', signal: controller.signal })
    }
    await expect(leave()).rejects.toThrow()
    await expect.poll(() => server.ended).toEqual(['POST /v1/workflows/tasks/task-2/stop'])
  })
})

describe('the others', () => {
  it('Coze takes pictures as parts, thinks aloud, and reads its key from the environment', async () => {
    const images = [{ filename: 'a.png', mediaType: 'image/png', bytes: Buffer.from('PNG') }]
    const { reasoning } = await answerOf(makers.Coze({ auto_save_history: true }), { images, variables: { n: 7 } })
    expect(reasoning).toBe('hm')
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer from-env')
    expect(lastBody()).toMatchObject({ bot_id: 'b', auto_save_history: true, custom_variables: { n: '7' } })
    const [message] = lastBody().additional_messages as JsonObject[]
    expect(JSON.parse(String(message?.content))).toEqual([
      { type: 'text', text: 'hi there' },
      { type: 'image', file_id: 'coze-file' },
    ])
  })

  it('DashScope names its sources when asked to, and workflows remember nothing', async () => {
    const rag = { pipeline_ids: ['p'], file_ids: [], output_reference: true }
    const { text } = await answerOf(makers.DashScope({ rag_options: rag }), { variables: { n: 1 } })
    expect(text).toBe('echo: hi there\n\n[1] A book')
    expect(server.seen.at(-1)?.path).toBe('/api/v1/apps/a%2Fp/completion')
    expect(lastBody()).toMatchObject({
      input: { biz_params: { n: 1 } },
      parameters: { rag_options: { pipeline_ids: ['p'] } },
    })
    const workflow = await answerOf(makers.DashScope({ dashscope_app_type: 'workflow' }), { conversation: 'earlier' })
    expect(workflow.conversation).toBeUndefined()
    expect(lastBody().input).toEqual({ prompt: 'hi there' })
  })

  it('DeerFlow gets its choices and pictures, begins anew when the thread is gone, and forgets threads', async () => {
    const images = [{ filename: 'a.png', mediaType: 'image/png', bytes: Buffer.from('PNG') }]
    const deerflow = makers.DeerFlow({
      deerflow_plan_mode: true,
      deerflow_model_name: 'm',
      deerflow_recursion_limit: 7,
    })
    const { conversation } = await answerOf(deerflow, { images, conversation: 'gone-1' })
    expect(conversation).toMatch(/^thread-/)
    expect(lastBody()).toMatchObject({
      assistant_id: 'lead_agent',
      config: { recursion_limit: 7 },
      context: { is_plan_mode: true, model_name: 'm', thread_id: conversation },
      input: { messages: [{ content: [{ type: 'text' }, { image_url: { url: 'data:image/png;base64,UE5H' } }] }] },
    })
    await deerflow.forget?.('t/1')
    expect(server.ended).toEqual(['DELETE /api/langgraph/threads/t%2F1'])
  })

  it('what is not set up says which key is empty', () => {
    const make = [
      () => makers.Dify({ dify_api_key: ' ' }),
      () => makers.Coze({ bot_id: '' }),
      () => makers.Coze({ coze_api_key: '$NOBODY' }),
      () => makers.DashScope({ dashscope_app_id: '' }),
    ]
    const said = make.map(one => {
      try {
        one()
        return ''
      } catch (error) {
        return error instanceof AstrBotError ? error.message : String(error)
      }
    })
    expect(said).toEqual([
      'The agent runner Dify is not set up: dify_api_key is empty',
      'The agent runner Coze is not set up: bot_id is empty',
      'The agent runner Coze is not set up: coze_api_key is empty',
      'The agent runner DashScope is not set up: dashscope_app_id is empty',
    ])
  })
})
