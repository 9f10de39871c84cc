export { papersOffTheirForm } from './papers-verify.ts';
