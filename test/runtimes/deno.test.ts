import { describeRelay } from '../server/relay-suite.ts';
import { describeProcess } from './process-suite.ts';
import { startOn } from './start-relay.ts';
import { describeStoreOf } from './store-suite.ts';

describeRelay('Deno', startOn('deno'), true);
describeProcess('deno');
describeStoreOf('deno');
