import type * as z from 'zod'

/** What the server checks of one operation. Every schema is built when it is first asked for. */
export interface Route {
  params?: () => z.ZodType
  query?: () => z.ZodType
  headers?: () => z.ZodType
  body?: {
    required: boolean
    /** The handler gets the parsed body unchecked, because the domain casts it before it checks. */
    raw?: boolean
    /** By media type; null for bodies that reach the handler as they are (text, bytes). */
    content: Record<string, (() => z.ZodType) | null>
  }
  /** The JSON answers by status, envelope included. */
  answers?: Record<number, () => z.ZodType>
}
