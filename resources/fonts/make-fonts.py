"""Makes Inter-Regular.ttf and Inter-SemiBold.ttf from the variable Inter of Debian's package fonts-inter-variable.

    python3 make-fonts.py /usr/share/fonts/truetype/inter-vf/Inter-roman.var.ttf     (needs fontTools)

Instances at weights 400 and 600, cut to Latin, Greek and Cyrillic, without hinting, tabular figures as the default:
columns of amounts align without asking for an OpenType feature, which pdfkit shapes several times slower.
"""
import sys
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from fontTools import subset
src=sys.argv[1]
ranges=[(0x20,0x7e),(0xa0,0x17f),(0x18f,0x18f),(0x192,0x192),(0x1a0,0x1b0),(0x1c4,0x1ff),(0x200,0x21b),(0x237,0x237),(0x259,0x259),(0x2c6,0x2dd),(0x300,0x304),(0x306,0x30c),(0x326,0x328),
 (0x384,0x3ce),(0x400,0x45f),(0x490,0x491),(0x1e80,0x1e85),(0x1e9e,0x1e9e),(0x2010,0x2015),(0x2018,0x201e),(0x2020,0x2022),(0x2026,0x2026),(0x2030,0x2030),(0x2039,0x203a),(0x202f,0x202f),(0x2009,0x2009),(0x20ac,0x20ac),(0x2116,0x2116),(0x2122,0x2122),(0x2190,0x2193),(0x2212,0x2212),(0x2215,0x2215),(0x2248,0x2248),(0x2260,0x2265),(0x2713,0x2713),(0x00d7,0x00d7)]
uni=[c for a,b in ranges for c in range(a,b+1)]
for name,w in (('Regular',400),('SemiBold',600)):
    f=TTFont(src)
    inst=instancer.instantiateVariableFont(f,{'wght':w})
    # tabular figures become the default: columns of amounts align without an OpenType feature
    cmap=inst.getBestCmap()
    tn=None
    for fr in inst['GSUB'].table.FeatureList.FeatureRecord:
        if fr.FeatureTag=='tnum': tn=fr.Feature
    mp={}
    for li in tn.LookupListIndex:
        for st in inst['GSUB'].table.LookupList.Lookup[li].SubTable:
            if hasattr(st,'ExtSubTable'): st=st.ExtSubTable
            mp.update(st.mapping)
    for t in inst['cmap'].tables:
        if t.isUnicode():
            for c in range(0x30,0x3a):
                t.cmap[c]=mp.get(cmap[c],cmap[c])
    o=subset.Options(); o.layout_features=['kern','mark','mkmk','ccmp']; o.hinting=False; o.name_IDs=['*']; o.notdef_outline=True; o.glyph_names=False; o.drop_tables+=['DSIG','STAT','MVAR','HVAR','avar']
    s=subset.Subsetter(o); s.populate(unicodes=uni); s.subset(inst)
    for n in inst['name'].names:
        if n.nameID in (1,16): n.string='Inter'
        if n.nameID in (2,17): n.string='Regular' if w==400 else 'SemiBold'
        if n.nameID==4: n.string='Inter '+name
        if n.nameID==6: n.string='Inter-'+name
        if n.nameID==3: n.string='3.019;innkeeper;Inter-'+name
    inst['OS/2'].usWeightClass=w
    inst['head'].created=inst['head'].modified=0
    inst.recalcTimestamp=False
    inst.save(f'Inter-{name}.ttf')
