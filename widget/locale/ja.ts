/** The widget's own words in Japanese. */
import type { Words } from './words.ts';

export const words: Words = {
  locale: 'ja',
  direction: 'ltr',
  title: 'チャット',
  transcript: '会話',
  close: 'チャットを閉じる',
  send: '送信',
  skip: 'スキップ',
  keep: 'このままにする',
  restart: '最初からやり直す',
  retry: 'もう一度試す',
  writing: '少々お待ちください',
  failed: 'ただいまチャットにつながりません。',
  changed: '前回のご訪問から、会話の内容が変わりました。ご回答は保存されています。',
  waiting: '保存しました。できるだけ早くお届けします。',
  offline: 'オフラインです。ご回答はこの端末に保存されますので、このままお続けください。',
  brandSays: 'メッセージ：',
  visitorSays: 'ご回答：',
  skipped: 'スキップしました',
  change: '変更',
  changeAnswer: (question) => `「${question}」への回答を変更`,
  menu: 'メニュー',
  refusals: {
    required: () => '先にこちらにお答えください。',
    too_short: (limit) => `${limit}文字以上でご記入ください。`,
    too_long: (limit) => `${limit}文字以内でご記入ください。`,
    pattern: () => '形式が違うようです。もう一度ご確認ください。',
    email: () => 'メールアドレスの形式が違うようです。例：name@example.com',
    choice: () => 'この中からお選びください。',
    refused: () => '受け付けられませんでした。ご確認のうえ、もう一度お送りください。',
  },
};

export const all = () => import('./further/ja.ts');
