import { isJsonObject } from '../../json.ts'
import type { Preferences } from '../../preferences/index.ts'
import { builtInPlugin, type Command } from '../command.ts'

const key = 'session_variables'

const missing = (words: string) => `插件 ${builtInPlugin}: 必要参数缺失。该指令完整参数: ${words}`

/** Values that a chat hands to the applications that answer it. */
export function variableCommands(preferences: Pick<Preferences, 'get' | 'change'>): Command[] {
  const scopeOf = (umo: string) => ({ scope: 'umo', scopeId: umo })
  return [
    {
      name: 'set',
      description: 'Stores a value for this chat.',
      usage: '<key> <value>',
      permission: 'everyone',
      async run({ visit, words: [name, ...words] }) {
        const { umo } = visit.message
        if (name === undefined || words.length === 0) return missing('key(str),value(str)')
        const value = words.join(' ')
        await preferences.change(scopeOf(umo), key, stored => ({ ...(isJsonObject(stored) && stored), [name]: value }))
        return `会话 ${umo} 变量 ${name} 存储成功。使用 /unset 移除。`
      },
    },
    {
      name: 'unset',
      description: 'Removes a value of this chat.',
      usage: '<key>',
      permission: 'everyone',
      async run({ visit, words: [name] }) {
        const { umo } = visit.message
        if (name === undefined) return missing('key(str)')
        const stored = await preferences.get(scopeOf(umo), key)
        if (!isJsonObject(stored) || !Object.hasOwn(stored, name)) return '没有那个变量名。格式 /unset 变量名。'
        await preferences.change(scopeOf(umo), key, current => {
          if (!isJsonObject(current)) return {}
          return Object.fromEntries(Object.entries(current).filter(([other]) => other !== name))
        })
        return `会话 ${umo} 变量 ${name} 移除成功。`
      },
    },
  ]
}
