/** Refuses to go on under a Node that the tools do not support: pnpm puts the right one first in the path. */
export function requireNode24(): void {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24) return
  console.error(
    `This needs Node 24, but ${process.version} is running. Use \`npm start\` or \`npm test\`, which bring their own.`,
  )
  process.exit(1)
}
