import { to } from '../view/places.ts'

export function NowherePage() {
  return (
    <section class="empty">
      <h1>There is nothing here</h1>
      <p>
        The address leads nowhere in this console. <a href={to.models}>All models</a>
      </p>
    </section>
  )
}
