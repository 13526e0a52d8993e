/**
 * What Braze makes of a country is a best effort ("Australia" is `AU`), and NULL where it fails
 * (`api/objects_filters/user_attributes_object`). So the code is looked up here, for all that is likely to be meant.
 */

/**
 * ISO 3166-1: the codes that are assigned to countries and areas, of two letters and of three. Kosovo has the one that is in use for
 * it.
 */
const CODES: readonly string[] =
  `ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB BDBGD BEBEL
  BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD
  CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA
  DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF
  GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN
  IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA
  KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE
  MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM
  NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM
  PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN
  SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL
  TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR
  VNVNM VUVUT WFWLF WSWSM XKXKX YEYEM YTMYT ZAZAF ZMZMB ZWZWE`.split(/\s+/);

/** Names beside those of the platform: usual ones, older ones, official ones, and of parts that have no code of their own. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  AE: 'UAE',
  BN: 'Brunei Darussalam',
  BQ: 'Bonaire, Sint Eustatius and Saba',
  BO: 'Plurinational State of Bolivia',
  CD: 'Democratic Republic of the Congo; Democratic Republic of Congo; DR Congo; DRC; Congo (DRC)',
  CG: 'Congo; Republic of the Congo; Republic of Congo',
  CI: 'Ivory Coast',
  CN: "People's Republic of China; Mainland China",
  CV: 'Cabo Verde',
  CZ: 'Czech Republic',
  DE: 'Federal Republic of Germany',
  FK: 'Falklands',
  FM: 'Federated States of Micronesia',
  GB: 'UK; Great Britain; Britain; England; Scotland; Wales; Northern Ireland; United Kingdom of Great Britain and Northern Ireland',
  HK: 'Hong Kong',
  HM: 'Heard Island and McDonald Islands',
  IE: 'Republic of Ireland',
  IR: 'Islamic Republic of Iran',
  KN: 'St Kitts',
  KP: "Democratic People's Republic of Korea",
  KR: 'Republic of Korea; Korea',
  LA: "Lao People's Democratic Republic",
  MD: 'Republic of Moldova',
  MK: 'Macedonia',
  MM: 'Myanmar; Burma',
  MO: 'Macao; Macau',
  NL: 'Holland; The Netherlands',
  PN: 'Pitcairn',
  PS: 'Palestine; State of Palestine',
  RU: 'Russian Federation',
  SH: 'Saint Helena, Ascension and Tristan da Cunha',
  SY: 'Syrian Arab Republic',
  SZ: 'Swaziland',
  TL: 'East Timor',
  TR: 'Turkey; Türkiye; Republic of Türkiye',
  TW: 'Taiwan, Province of China; Province of China Taiwan',
  TZ: 'United Republic of Tanzania',
  UM: 'United States Minor Outlying Islands',
  US: 'United States; United States of America; USA; US; America',
  VA: 'Holy See; Vatican; Vatican City State',
  VE: 'Bolivarian Republic of Venezuela',
  VI: 'Virgin Islands, U.S.',
  VG: 'Virgin Islands, British',
  VN: 'Viet Nam',
};

/** By what they are compared with. Made at the first question for a name: to ask `Intl` for all of them takes milliseconds. */
let countries: ReadonlyMap<string, string> | undefined;

function createCountries(): ReadonlyMap<string, string> {
  const styles = (['long', 'short'] as const).map(
    (style) => new Intl.DisplayNames('en', { type: 'region', style, fallback: 'none' }),
  );
  return new Map(
    CODES.flatMap((both) => {
      const code = both.slice(0, 2);
      const names = [
        ...styles.map((style) => style.of(code) ?? ''),
        ...(OTHER_NAMES[code] ?? '').split('; '),
      ];
      return [both.slice(2), ...names].map((name) => [comparable(name), code] as const);
    }).filter(([name]) => name !== ''),
  );
}

/** In small letters without marks: "The Bahamas" is "bahamas", "U.S.A." "usa", "St. Lucia" and "Saint Lucia" "st lucia". */
function comparable(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll('.', '')
    .replace(/[^a-z]+/g, ' ')
    .trim()
    .replace(/^the /, '')
    .replace(/\bsaint\b/g, 'st')
    .replace(/\band the\b/g, 'and');
}

const ALPHA_2: ReadonlySet<string> = new Set(CODES.map((both) => both.slice(0, 2)));

/** The code of two capital letters for a code of two or three, or for an English name, or `undefined` where it is no country's. */
export function countryOf(said: string): string | undefined {
  const capitals = said.trim().toUpperCase();
  if (ALPHA_2.has(capitals)) return capitals;
  countries ??= createCountries();
  return countries.get(comparable(said));
}
