import { describeProcess } from './process-suite.ts';

describeProcess('node');
