/** How the page looks: as the system does, unless somebody says otherwise here. */
export type Theme = 'system' | 'light' | 'dark'

const themes: readonly Theme[] = ['system', 'light', 'dark']
const place = 'sluice-theme'

export function theme(): Theme {
  const kept = localStorage.getItem(place)
  return themes.find((one) => one === kept) ?? 'system'
}

/** Put the theme on the page. */
export function showTheme(): void {
  document.documentElement.dataset['theme'] = theme()
}

/** Take the next theme. @returns which it is now */
export function nextTheme(): Theme {
  const next = themes[(themes.indexOf(theme()) + 1) % themes.length] ?? 'system'
  localStorage.setItem(place, next)
  showTheme()
  return next
}
