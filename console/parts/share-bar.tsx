/** The share of an alias's traffic that a canary has: a bar, and the number in words beside it. */
export function ShareBar({ percent, label }: { readonly percent: number; readonly label: string }) {
  return (
    <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect class="rest" width="100" height="4" />
      <rect class="part" width={Math.max(2, percent)} height="4" />
    </svg>
  )
}
