import { expect, test } from 'vitest'
import { groupMessage, privateMessage, visitOf } from '../pipeline/visit.testing.ts'
import type { Command, Permission } from './command.ts'
import { permissionOf, refusal } from './permission.ts'
import { CommandRegistry } from './registry.ts'

const command = (name: string, permission: Permission = 'everyone'): Command => ({
  name,
  description: '',
  permission,
  run: async () => name,
})

test('a command is found by its name as a word of its own', () => {
  const registry = new CommandRegistry()
  registry.add(command('sid'), command('set'))
  expect(registry.find('sid')).toMatchObject({ command: { name: 'sid' }, words: [] })
  expect(registry.find('  set  city   Graz\nam See ')?.words).toEqual(['city', 'Graz', 'am', 'See'])
  for (const text of ['side', 'Sid', '', 'the sid', 'constructor', '__proto__'])
    expect(registry.find(text)).toBeUndefined()
  expect(() => registry.add(command('sid'))).toThrow('two commands')
})

const shared = groupMessage('/x')
const alone = { config: { platform_settings: { unique_session: true } } }

test.each<[Permission, boolean, boolean, boolean]>([
  ['everyone', true, true, true],
  ['admin', false, false, false],
  ['group_admin', false, false, true],
  ['shared_group_admin', false, true, true],
])('%s: in a shared group %s, in one with own conversations %s, in private %s', async (permission, ...allowed) => {
  const preferences = { get: async () => undefined }
  const visits = [visitOf(shared), visitOf(shared, alone), visitOf(privateMessage('/x'))]
  const refusals = await Promise.all(visits.map(visit => refusal(preferences, command('new', permission), visit)))
  expect(refusals.map(text => text === undefined)).toEqual(allowed)
  const admin = { config: { admins_id: ['7'] } }
  expect(await refusal(preferences, command('new', permission), visitOf(shared, admin))).toBeUndefined()
})

test('a changed permission counts, the newest place of `reset` first', () => {
  const reset = command('reset', 'shared_group_admin')
  const older = { astrbot: { reset: { group_unique_off: 'member', private: 'admin' } } }
  expect(permissionOf(reset, visitOf(shared), undefined)).toBe('shared_group_admin')
  expect(permissionOf(reset, visitOf(shared), older)).toBe('everyone')
  expect(permissionOf(reset, visitOf(shared, alone), older)).toBe('shared_group_admin')
  expect(permissionOf(reset, visitOf(privateMessage('/x')), older)).toBe('admin')
  const newer = { ...older, builtin_commands: { reset: { permission: 'admin' } } }
  expect(permissionOf(reset, visitOf(shared), newer)).toBe('admin')
  expect(permissionOf(command('new'), visitOf(shared), older)).toBe('everyone')
  const rubbish = { builtin_commands: { new: { permission: 'anything' } } }
  expect(permissionOf(command('new'), visitOf(shared), rubbish)).toBe('everyone')
})
