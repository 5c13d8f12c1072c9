import type { Command } from '../command.ts'

/** Not worth a line in the list. */
const unlisted: ReadonlySet<string> = new Set(['help', 'set', 'unset', 'dashboard_update'])

export function helpCommand(version: string, list: () => readonly Command[]): Command {
  return {
    name: 'help',
    description: 'Lists the commands.',
    permission: 'everyone',
    async run() {
      const commands = list()
        .filter(({ name }) => !unlisted.has(name))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const lines = commands.map(({ name, description }) => `/${name} - ${description}`)
      const shown = lines.length > 0 ? lines : ['No enabled built-in commands.']
      return [`AstrBot v${version}(WebUI: v${version})`, ...shown].join('\n')
    },
  }
}
