import type { JsonObject } from '../../json.ts'
import {
  choice,
  field,
  found,
  items,
  renamed,
  type SearchCall,
  type SearchVendor,
  text,
  whole,
  words,
} from './vendor.ts'

const query = text('What to search for.')
const page = text('The address of the page.')
const day = (what: string) => text(`${what}, as YYYY-MM-DD.`)
const recent = 'Only pages as recent as that.'

const post = (url: string, headers: Record<string, string>, body: JsonObject): SearchCall => ({
  method: 'POST',
  url,
  headers,
  body,
})
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

const tavily: SearchVendor = {
  name: 'Tavily',
  id: 'tavily',
  keys: 'websearch_tavily_key',
  triesKeys: true,
  tools: [
    {
      name: 'web_search_tavily',
      description: 'Searches the web. Use it for what is new, or what you do not know for certain.',
      properties: {
        query,
        max_results: whole('How many pages; 7 by default.', 1, 20),
        search_depth: choice('How thoroughly.', 'basic', 'advanced'),
        topic: choice('What kind of pages.', 'general', 'news'),
        days: whole('For news: how many days back; 3 by default.', 1, 365),
        time_range: choice(recent, 'day', 'week', 'month', 'year'),
        start_date: day('The earliest date'),
        end_date: day('The latest date'),
      },
      required: ['query'],
      call(args, key) {
        const { max_results = 7, topic = 'general', days = 3, ...others } = args
        const news = topic === 'news' && { days }
        const body = { max_results, topic, ...news, ...others, include_favicon: true }
        return post('https://api.tavily.com/search', bearer(key), body)
      },
      read: answer => items(field(answer, 'results')).map(item => found(item, 'title', ['content'], 'favicon')),
    },
    {
      name: 'tavily_extract_web_page',
      description: 'Reads a web page.',
      properties: { url: page, extract_depth: choice('How thoroughly.', 'basic', 'advanced') },
      required: ['url'],
      call: ({ url = '', extract_depth = 'basic' }, key) =>
        post('https://api.tavily.com/extract', bearer(key), { urls: [url], extract_depth }),
      read: answer => pageTexts(items(field(answer, 'results')).map(item => words(item, 'raw_content'))),
    },
  ],
}

const bocha: SearchVendor = {
  name: 'BoCha',
  id: 'bocha',
  keys: 'websearch_bocha_key',
  triesKeys: true,
  tools: [
    {
      name: 'web_search_bocha',
      description: 'Searches the web, Chinese pages above all.',
      properties: {
        query,
        freshness: text(`${recent} noLimit, oneDay, oneWeek, oneMonth, oneYear, or a range YYYY-MM-DD..YYYY-MM-DD.`),
        summary: { type: 'boolean', description: 'Whether long summaries are wanted.' },
        include: text('Only from these sites, separated by |.'),
        exclude: text('Not from these sites, separated by |.'),
        count: whole('How many pages; 10 by default.', 1, 50),
      },
      required: ['query'],
      call: ({ count = 10, ...others }, key) =>
        post('https://api.bochaai.com/v1/web-search', bearer(key), { count, ...others }),
      read: answer =>
        items(field(answer, 'data', 'webPages', 'value')).map(item =>
          found(item, 'name', ['summary', 'snippet'], 'siteIcon'),
        ),
    },
  ],
}

const brave: SearchVendor = {
  name: 'Brave',
  id: 'brave',
  keys: 'websearch_brave_key',
  triesKeys: true,
  tools: [
    {
      name: 'web_search_brave',
      description: 'Searches the web. Use it for what is new, or what you do not know for certain.',
      properties: {
        query,
        count: whole('How many pages; 10 by default.', 1, 20),
        country: text('Two letters; US by default.'),
        search_lang: text('The language of the pages; zh-hans by default.'),
        freshness: text(`${recent} pd, pw, pm, py, or a range YYYY-MM-DDtoYYYY-MM-DD.`),
      },
      required: ['query'],
      call(args, key) {
        const { query: q = '', count = 10, country = 'US', search_lang = 'zh-hans', freshness = '' } = args
        const asked = Object.entries({ q, count, country, search_lang, freshness }).filter(([, value]) => value !== '')
        const search = new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)]))
        const headers = { 'x-subscription-token': key, accept: 'application/json' }
        return { method: 'GET', url: `https://api.search.brave.com/res/v1/web/search?${search}`, headers }
      },
      read: answer => items(field(answer, 'web', 'results')).map(item => found(item, 'title', ['description'])),
    },
  ],
}

const firecrawl: SearchVendor = {
  name: 'Firecrawl',
  id: 'firecrawl',
  keys: 'websearch_firecrawl_key',
  triesKeys: true,
  tools: [
    {
      name: 'web_search_firecrawl',
      description: 'Searches the web. Use it for what is new, or what you do not know for certain.',
      properties: {
        query,
        limit: whole('How many pages; 5 by default.', 1, 50),
        location: text('Where to search from, such as Germany.'),
        country: text('Two letters.'),
        timeout: whole('Milliseconds to wait.', 1000, 120_000),
      },
      required: ['query'],
      call: ({ limit = 5, ...others }, key) =>
        post('https://api.firecrawl.dev/v2/search', bearer(key), { limit, ...others }),
      read: answer =>
        items(field(answer, 'data', 'web')).map(item => found(item, 'title', ['description', 'markdown'])),
    },
    {
      name: 'firecrawl_extract_web_page',
      description: 'Reads a web page.',
      properties: {
        url: page,
        format: choice('How to read it; markdown by default.', 'markdown', 'html', 'rawHtml', 'summary'),
        only_main_content: { type: 'boolean', description: 'Whether headers and menus are left out.' },
        timeout: whole('Milliseconds to wait.', 1000, 120_000),
        max_age: whole('How old a stored copy may be, in milliseconds.', 0, 31_536_000_000),
      },
      required: ['url'],
      call({ format = 'markdown', ...args }, key) {
        const names = { url: 'url', only_main_content: 'onlyMainContent', timeout: 'timeout', max_age: 'maxAge' }
        return post('https://api.firecrawl.dev/v2/scrape', bearer(key), { ...renamed(args, names), formats: [format] })
      },
      read: answer => pageTexts([words(field(answer, 'data') ?? null, 'markdown', 'summary', 'html', 'rawHtml')]),
    },
  ],
}

const baidu: SearchVendor = {
  name: 'Baidu AI Search',
  id: 'baidu_ai_search',
  keys: 'websearch_baidu_app_builder_key',
  triesKeys: false,
  tools: [
    {
      name: 'web_search_baidu',
      description: 'Searches the web, Chinese pages above all.',
      properties: {
        query: { ...query, maxLength: 72 },
        top_k: whole('How many pages; 10 by default.', 1, 50),
        search_recency_filter: choice(recent, 'week', 'month', 'semiyear', 'year'),
        site: text('Only from this site.'),
      },
      required: ['query'],
      call({ query: asked = '', top_k = 10, search_recency_filter, site }, key) {
        const body: JsonObject = {
          messages: [{ role: 'user', content: String(asked).slice(0, 72) }],
          search_source: 'baidu_search_v2',
          resource_type_filter: [{ type: 'web', top_k }],
          ...(search_recency_filter && { search_recency_filter }),
          ...(site && { search_filter: { match: { site: [site] } } }),
        }
        return post('https://qianfan.baidubce.com/v2/ai_search/web_search', bearer(key), body)
      },
      read: answer => items(field(answer, 'references')).map(item => found(item, 'title', ['content'], 'icon')),
    },
  ],
}

const exa: SearchVendor = {
  name: 'Exa',
  id: 'exa',
  keys: 'websearch_exa_key',
  triesKeys: false,
  tools: [
    {
      name: 'web_search_exa',
      description: 'Searches the web by meaning. Use it for what is new, or what you do not know for certain.',
      properties: {
        query,
        num_results: whole('How many pages; 10 by default.', 1, 100),
        type: choice('How to search.', 'auto', 'fast', 'deep', 'neural'),
        category: text('Only pages of a kind, such as news or research paper.'),
        include_domains: { type: 'array', items: { type: 'string' }, description: 'Only from these sites.' },
        exclude_domains: { type: 'array', items: { type: 'string' }, description: 'Not from these sites.' },
        start_published_date: day('The earliest date'),
        end_published_date: day('The latest date'),
      },
      required: ['query'],
      call({ num_results = 10, ...args }, key) {
        const names = {
          query: 'query',
          type: 'type',
          category: 'category',
          include_domains: 'includeDomains',
          exclude_domains: 'excludeDomains',
          start_published_date: 'startPublishedDate',
          end_published_date: 'endPublishedDate',
        }
        const body = { ...renamed(args, names), numResults: num_results, contents: { text: { maxCharacters: 1000 } } }
        return post('https://api.exa.ai/search', { 'x-api-key': key }, body)
      },
      read: answer => items(field(answer, 'results')).map(item => found(item, 'title', ['text', 'summary'], 'favicon')),
    },
    {
      name: 'exa_get_contents',
      description: 'Reads a web page.',
      properties: { url: page, max_characters: whole('How much of it; 3000 by default.', 100, 100_000) },
      required: ['url'],
      call: ({ url = '', max_characters = 3000 }, key) =>
        post(
          'https://api.exa.ai/contents',
          { 'x-api-key': key },
          { urls: [url], text: { maxCharacters: max_characters } },
        ),
      read: answer => pageTexts(items(field(answer, 'results')).map(item => words(item, 'text'))),
    },
  ],
}

function pageTexts(texts: readonly string[]): string {
  return texts.filter(one => one !== '').join('\n\n')
}

export const searchVendors: readonly SearchVendor[] = [tavily, bocha, brave, firecrawl, baidu, exa]
