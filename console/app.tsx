import { useLive } from './live.ts'
import { usePlace } from './navigation.ts'
import { ModelsPage } from './pages/models-page.tsx'
import { NowherePage } from './pages/nowhere-page.tsx'
import { SignInPage } from './pages/sign-in-page.tsx'
import { Shell } from './parts/shell.tsx'
import type { Place } from './view/places.ts'

/** The whole page: where somebody is decides what is shown; who is not known is asked first. */
export function App() {
  const place = usePlace()
  const connection = useLive((of) => of.connection)
  return (
    <Shell place={place} connection={connection}>
      {connection === 'signed-out' ? <SignInPage /> : <Page place={place} />}
    </Shell>
  )
}

function Page({ place }: { readonly place: Place }) {
  switch (place.page) {
    case 'models':
      return <ModelsPage />
    default:
      return <NowherePage />
  }
}
