import type { Language } from '../language.ts'

const sentences = {
  unknown_key: { en: 'Unknown key, not stored: {paths}', zh: '未知配置项，未保存：{paths}' },
  restart: { en: 'Takes effect when the server is started again: {paths}', zh: '重启服务后生效：{paths}' },
  totp_incomplete: {
    en: 'Two-factor sign-in is on but not set up, so it asks for nothing',
    zh: '双重验证已开启但尚未完成设置，暂不生效',
  },
  sandbox_no_endpoint: { en: 'The sandbox has no endpoint', zh: '沙箱未填写服务地址' },
  sandbox_no_token: { en: 'The sandbox has no access token', zh: '沙箱未填写访问令牌' },
  sandbox_unreachable: { en: 'The sandbox does not answer at its endpoint', zh: '无法连接沙箱服务' },
} as const

/** Something a save has to say beside that it succeeded. */
export interface Warning {
  code: keyof typeof sentences
  paths?: readonly string[]
}

/** A warning as people read it. */
export function warningText({ code, paths = [] }: Warning, language: Language): string {
  return sentences[code][language].replace('{paths}', paths.join(', '))
}
