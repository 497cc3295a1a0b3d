import { forgetRows } from './report.ts'

export default forgetRows
