/** One page of a list, counted from 1. */
export interface PageRequest {
  page?: number | undefined
  page_size?: number | undefined
}

/** A page that can be answered. */
export interface PageSlice {
  page: number
  pageSize: number
  offset: number
}

/** The page asked for, made answerable: pages below 1 are the first, sizes below 1 the usual one, sizes end at 100. */
export function pageSlice(request: PageRequest, usualSize: number): PageSlice {
  const page = Math.max(1, request.page ?? 1)
  const size = request.page_size ?? usualSize
  const pageSize = size < 1 ? usualSize : Math.min(100, size)
  return { page, pageSize, offset: (page - 1) * pageSize }
}
