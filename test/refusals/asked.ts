import { type RefusalCase, refusedWith, type Scene } from './refusal-case.ts'

/** What is asked of a model with a body. @param place the path behind `/models/` */
export function asked(
  input: string,
  answer: '400' | '403' | '404' | '409' | '410' | '413',
  code: RefusalCase[2],
  place: string | ((scene: Scene) => string),
  body: unknown,
  sentence: string,
): RefusalCase {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const act: RefusalCase[4] = (scene) =>
    refusedWith(code, scene.post(typeof place === 'string' ? place : place(scene), text))
  return [input, answer, code, sentence, act]
}
