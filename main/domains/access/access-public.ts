export { PersonAtWork } from './person-at-work.ts';
