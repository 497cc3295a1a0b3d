/** The pages of a model, as its tabs name them; the first has no name of its own in the address. */
export const modelTabs = ['overview', 'graph', 'try', 'history', 'drift', 'quality', 'compare'] as const
export type ModelTab = (typeof modelTabs)[number]

/** Where in the console somebody is. */
export type Place =
  | { readonly page: 'models' }
  | { readonly page: 'approvals' }
  | { readonly page: 'model'; readonly model: string; readonly tab: ModelTab }
  | { readonly page: 'operation'; readonly id: string }
  | { readonly page: 'nowhere' }

let root = '/console/'

/** Where the platform does not answer at the root of its address, all places lie below that. Said before any is shown. */
export function liesBelow(base: string): void {
  root = `${base}/console/`
}

/** @param path as the address has it, without the query */
export function placeOf(path: string): Place {
  const [first = '', name = '', tab, ...more] = path.slice(root.length).replace(/\/$/, '').split('/')
  if (!`${path}/`.startsWith(root) || more.length > 0) return { page: 'nowhere' }
  if (first === '' && name === '') return { page: 'models' }
  if (first === 'approvals' && name === '') return { page: 'approvals' }
  if (first === 'operations' && name !== '' && tab === undefined) return { page: 'operation', id: name }
  const known = tab === undefined ? 'overview' : modelTabs.find((one) => one === tab)
  if (first === 'models' && name !== '' && known !== undefined)
    return { page: 'model', model: name, tab: known }
  return { page: 'nowhere' }
}

/** The address of a place. */
export const to = {
  // Without a slash at its end: a gateway may not lead `/console/` where `/console` leads.
  get models() {
    return root.slice(0, -1)
  },
  get approvals() {
    return `${root}approvals`
  },
  model: (model: string, tab: ModelTab = 'overview') =>
    `${root}models/${encodeURIComponent(model)}${tab === 'overview' ? '' : `/${tab}`}`,
  operation: (id: string) => `${root}operations/${encodeURIComponent(id)}`,
}

/** What the browser's window and its history call a place. */
export function titleOf(place: Place): string {
  if (place.page === 'model')
    return `${place.model}${place.tab === 'overview' ? '' : ` · ${place.tab}`} · Sluice`
  if (place.page === 'operation') return `${place.id} · Sluice`
  return place.page === 'nowhere'
    ? 'Not found · Sluice'
    : `${place.page === 'models' ? 'Models' : 'Approvals'} · Sluice`
}
