/** All of the widget's own words in Arabic. */
import { words as basic } from '../ar.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: 'نسخ المحادثة',
  copied: 'تم النسخ.',
  notCopied: 'لم يسمح المتصفّح بالنسخ.',
  yes: 'نعم',
  no: 'لا',
  rating: (given, highest) => `${given} من ${highest}`,
  dateParts: { day: 'اليوم', month: 'الشهر', year: 'السنة' },
  consent: {
    text: 'قبل الإرسال: هل يمكننا حفظ إجاباتك وإرسالها؟',
    yes: 'نعم، يمكنكم ذلك',
    no: 'لا، شكرًا',
  },
  refusals: {
    ...basic.refusals,
    phone: () => 'لا يبدو هذا رقم هاتف. يُرجى البدء بعلامة + ثم رمز البلد.',
    date: () => 'لا يوجد هذا اليوم في التقويم. يُرجى كتابة اليوم والشهر والسنة، والسنة من أربعة أرقام.',
    too_early: (limit) => `هذا التاريخ مبكّر جدًا. يُرجى كتابة ${limit} أو تاريخ بعده.`,
    too_late: (limit) => `هذا التاريخ متأخّر جدًا. يُرجى كتابة ${limit} أو تاريخ قبله.`,
    number: () => 'يُرجى كتابة عدد فقط، بالأرقام.',
    integer: () => 'يُرجى كتابة عدد صحيح بلا كسور.',
    too_small: (limit) => `العدد صغير جدًا. يُرجى كتابة ${limit} أو أكثر.`,
    too_large: (limit) => `العدد كبير جدًا. يُرجى كتابة ${limit} أو أقل.`,
    too_few: (limit) => `يُرجى ألا يقلّ عدد الاختيارات عن ${limit}.`,
    too_many: (limit) => `يُرجى ألا يزيد عدد الاختيارات على ${limit}.`,
  },
};
