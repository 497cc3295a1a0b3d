import { useEffect, useState } from 'preact/hooks'
import { type Place, placeOf, titleOf, to } from './view/places.ts'

const moved = 'sluice-moved'

/** Go to an address of the console without loading the page anew. */
export function go(address: string): void {
  if (address !== location.pathname + location.search) history.pushState(null, '', address)
  dispatchEvent(new Event(moved))
}

/** The page of all models has the console's own address, with a slash at its end or without one. */
function isOfConsole(path: string): boolean {
  return `${path}/`.startsWith(`${to.models}/`)
}

/** Links to places of the console are followed here; those that somebody opens elsewhere are the browser's. */
function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  if (
    link === null ||
    !isPlain ||
    event.defaultPrevented ||
    link.target !== '' ||
    link.hasAttribute('download')
  )
    return
  if (link.origin !== location.origin || !isOfConsole(link.pathname) || link.hash !== '') return
  event.preventDefault()
  go(link.pathname + link.search)
}

/** Where somebody is. A new page begins at its top, and a screen reader at its heading. */
export function usePlace(): Place {
  const [place, setPlace] = useState(placeOf(location.pathname))
  useEffect(() => {
    const arrive = (isNew: boolean) => {
      const next = placeOf(location.pathname)
      document.title = titleOf(next)
      setPlace(next)
      if (!isNew) return
      scrollTo(0, 0)
      requestAnimationFrame(() => document.querySelector<HTMLElement>('main')?.focus())
    }
    const forward = () => arrive(true)
    const back = () => arrive(false)
    arrive(false)
    addEventListener(moved, forward)
    addEventListener('popstate', back)
    document.addEventListener('click', follow)
    return () => {
      removeEventListener(moved, forward)
      removeEventListener('popstate', back)
      document.removeEventListener('click', follow)
    }
  }, [])
  return place
}

/** Where what was focused is gone, go on from the page's begin: else the next Tab would lead out of it. */
export function keepFocus(): void {
  requestAnimationFrame(() => {
    if (document.activeElement === null || document.activeElement === document.body)
      document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
  })
}
