import type { Refusal } from '../api.ts'

/** Why something is not shown, or was not done: what the API said, word by word. */
export function RefusalNotice({
  refusal,
  again,
}: {
  readonly refusal: Refusal
  readonly again?: () => void
}) {
  return (
    <div class="notice bad" role="alert">
      <p>
        <bdi>{refusal.message}</bdi>
      </p>
      {refusal.findings.length > 0 && (
        <ul>
          {refusal.findings.slice(0, 12).map(({ pointer, found, allowed }) => (
            <li key={pointer + found}>
              <code>{pointer === '' ? 'the whole' : pointer}</code>: <bdi>{found}</bdi>; allowed:{' '}
              <bdi>{allowed}</bdi>
            </li>
          ))}
        </ul>
      )}
      <p class="aside">
        <code>{refusal.code}</code>
        {again !== undefined && (
          <button type="button" class="quiet" onClick={again}>
            Try again
          </button>
        )}
      </p>
    </div>
  )
}

/** Something is on its way: shown only where it takes long enough to be noticed. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      Reading {what}…
    </p>
  )
}
