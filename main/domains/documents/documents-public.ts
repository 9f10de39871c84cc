export { papersOffTheirForm } from './papers-verify.ts';
export { paperSeries } from './paper-series.ts';
