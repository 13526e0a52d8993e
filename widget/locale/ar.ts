/**
 * The widget's own words in Arabic. Written so that they fit women and men alike, and any number: what is counted stands before its number,
 * so none of the six plural forms is needed.
 */
import type { Words } from './words.ts';

export const words: Words = {
  locale: 'ar',
  direction: 'rtl',
  title: 'الدردشة',
  transcript: 'المحادثة',
  close: 'إغلاق الدردشة',
  send: 'إرسال',
  skip: 'تخطّي',
  keep: 'إبقاء الإجابة',
  restart: 'البدء من جديد',
  retry: 'إعادة المحاولة',
  writing: 'لحظة من فضلك',
  failed: 'المحادثة غير متاحة الآن.',
  changed: 'تغيّرت هذه المحادثة منذ زيارتك الأخيرة. إجاباتك لا تزال محفوظة.',
  waiting: 'تم الحفظ. سنوصل إجاباتك في أقرب وقت ممكن.',
  offline: 'لا يوجد اتصال بالإنترنت. يمكنك المتابعة: إجاباتك محفوظة هنا.',
  brandSays: 'رسالة:',
  visitorSays: 'إجابتك:',
  skipped: 'تم التخطّي',
  change: 'تغيير',
  changeAnswer: (question) => `تغيير إجابتك عن «${question}»`,
  menu: 'المزيد',
  refusals: {
    required: () => 'يُرجى الإجابة عن هذا السؤال أولًا.',
    too_short: (limit) => `النص قصير جدًا. يُرجى ألا يقلّ عدد الأحرف عن ${limit}.`,
    too_long: (limit) => `النص طويل جدًا. يُرجى ألا يزيد عدد الأحرف على ${limit}.`,
    pattern: () => 'يبدو أن هناك خطأً. هل يمكنك التحقّق منه؟',
    email: () => 'لا يبدو هذا عنوان بريد إلكتروني. مثال: name@example.com.',
    choice: () => 'يُرجى اختيار إحدى هذه الإجابات.',
    refused: () => 'لم يتم قبول ذلك. يُرجى التحقّق منه وإرساله مرة أخرى.',
  },
};

export const all = () => import('./further/ar.ts');
