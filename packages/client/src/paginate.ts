import { type PagedLists, pagedFields } from './generated/operations.ts'
import type { paths } from './generated/types.ts'
import type { Data } from './http/contract-types.ts'
import type { CallInit } from './http/request.ts'
import type { Transport } from './http/transport.ts'
import { isRecord } from './record.ts'

/** The lists of the contract that come in pages. */
export type PagedPath = keyof PagedLists & keyof paths

/** One item of such a list. */
export type PagedItem<P extends PagedPath> = ItemIn<Data<paths[P]['get']>, PagedLists[P]>

type ItemIn<D, Field extends string> = D extends readonly (infer Item)[]
  ? Item
  : D extends { [F in Field]: readonly (infer Item)[] }
    ? Item
    : never

/** The items of all pages, from `query.page` (1 unless given) on. A plain array, or an object without paging, is one page. */
export async function* paginate(
  transport: Transport,
  path: string,
  init: CallInit = {},
): AsyncGenerator<unknown, void, void> {
  const query = init.params?.query
  for (let page = Number(query?.page ?? 1); ; page++) {
    const data = await transport.call('GET', path, { ...init, params: { ...init.params, query: { ...query, page } } })
    const fields = isRecord(data) ? data : { items: data }
    const items = pagedFields.map(field => fields[field]).find(Array.isArray) ?? []
    yield* items
    const { page_size: size, total } = isRecord(fields.pagination) ? fields.pagination : fields
    if (items.length === 0 || !(page * Number(size) < Number(total))) return
  }
}
