/** What stands before every path of the platform, such as the stage of a REST API. */
export const base = new URL('..', import.meta.url).pathname.slice(0, -1)

/** How the platform's callers say who they are; undefined where nobody is asked. */
export function callers(): 'iam' | 'keys' | 'jwt' | undefined {
  const said = told('callers')
  return said === 'iam' || said === 'keys' || said === 'jwt' ? said : undefined
}

/** Where programs call the platform: the page may have come by another way. No slash at its end. */
export function platformUrl(): string {
  return told('platform') || location.origin + base
}

/** What the page was told as it was sent. */
function told(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? ''
}
