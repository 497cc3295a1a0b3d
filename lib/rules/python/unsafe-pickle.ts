import type { Recognised } from '../detection/recognise.ts'
import { Problem } from '../problem.ts'

/** The layouts whose file Python's pickle reads, or may. */
const pickled: readonly Recognised['name'][] = ['pickle', 'pin', 'mlflow']
const mostNamed = 10

/** @throws Problem `manifest-invalid` where what was recognised is no pickle */
export function refuseMisplacedPickle(unsafePickle: boolean | undefined, recognised: Recognised): void {
  const { name, runtime } = recognised
  if (unsafePickle !== true || (runtime === 'python' && pickled.includes(name))) return
  throw misplacedPickle(recognised)
}

export function misplacedPickle({ what, entry }: Pick<Recognised, 'what' | 'entry'>): Problem {
  return new Problem(
    'manifest-invalid',
    `model.yaml has unsafePickle, which is for model files of pickle and joblib, and this is ${what} (${entry}); take it out`,
    [{ pointer: '/unsafePickle', found: 'true', allowed: 'nothing: the artifact is no pickle' }],
  )
}

export function unsafePickleRefused(entry: string): Problem {
  return new Problem(
    'unsafe-pickle-refused',
    `model.yaml asks for unsafePickle, so that ${entry} runs whatever it says as it is loaded, and this platform does not allow it`,
    [
      {
        pointer: '/unsafePickle',
        found: 'true',
        allowed: 'false, unless whoever runs the platform allows it',
      },
    ],
  )
}

/** What is told of a file that is loaded whatever it does. @param unlisted what it names besides what is harmless */
export function unsafePickleSentence(entry: string, unlisted: readonly string[]): string {
  const more = unlisted.length > mostNamed ? ` and ${unlisted.length - mostNamed} more` : ''
  const named =
    unlisted.length === 0 ? 'nothing else that could be found' : unlisted.slice(0, mostNamed).join(', ')
  return `UNSAFE PICKLE: ${entry} runs whatever it says as it is loaded; besides scikit-learn, NumPy and SciPy it names ${named}${more}`
}
