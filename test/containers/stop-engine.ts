import { engine } from './start-engine.ts'

export default async function stop(): Promise<void> {
  await engine?.stop()
}
