export { createProjects, type Projects, type ProjectsOptions } from './projects.ts'
export type { Workspace } from './workspace.ts'
