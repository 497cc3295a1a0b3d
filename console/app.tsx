import { useLive } from './live.ts'
import { usePlace } from './navigation.ts'
import { ApprovalsPage } from './pages/approvals-page.tsx'
import { ModelPage } from './pages/model-page.tsx'
import { ModelsPage } from './pages/models-page.tsx'
import { NowherePage } from './pages/nowhere-page.tsx'
import { OperationPage } from './pages/operation-page.tsx'
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
    case 'model':
      return <ModelPage key={place.model} model={place.model} tab={place.tab} />
    case 'operation':
      return <OperationPage key={place.id} id={place.id} />
    case 'approvals':
      return <ApprovalsPage />
    case 'nowhere':
      return <NowherePage />
  }
}
