/** All of the widget's own words in Japanese. */
import { words as basic } from '../ja.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: '会話をコピー',
  copied: 'コピーしました。',
  notCopied: 'お使いのブラウザではコピーできませんでした。',
  yes: 'はい',
  no: 'いいえ',
  rating: (given, highest) => `${highest}点中${given}点`,
  dateParts: { day: '日', month: '月', year: '年' },
  consent: {
    text: '送信の前にお伺いします。ご回答を保存し、お送りしてもよろしいですか？',
    yes: 'はい、お願いします',
    no: 'いいえ、やめておきます',
  },
  refusals: {
    ...basic.refusals,
    phone: () => '電話番号の形式が違うようです。「+」と国番号から始めてください。',
    date: () => '暦にない日付です。年・月・日をすべて、年は西暦4桁でご記入ください。',
    too_early: (limit) => `${limit}以降の日付をご記入ください。`,
    too_late: (limit) => `${limit}以前の日付をご記入ください。`,
    number: () => '数字だけでご記入ください。',
    integer: () => '整数でご記入ください。',
    too_small: (limit) => `${limit}以上の数をご記入ください。`,
    too_large: (limit) => `${limit}以下の数をご記入ください。`,
    too_few: (limit) => `${limit}個以上お選びください。`,
    too_many: (limit) => `お選びいただけるのは${limit}個までです。`,
  },
};
